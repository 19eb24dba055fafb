"""What people can ask for; every answer is a card."""
