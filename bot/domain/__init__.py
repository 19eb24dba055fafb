"""Pure words and rules: tasks, transitions, subscriptions, notifications."""
