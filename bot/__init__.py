"""The core: tasks and the people who wait for them; knows no platform."""
