"""The agent beside what a user would pick instead: same speech, same service, same run."""
