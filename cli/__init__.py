"""The program that tries the notifier on an account before it is deployed, and explains it after.

Nothing of it ships in the function.
"""
