"""Timers, alarms and reminders: kept over restarts, and rung without a link."""
