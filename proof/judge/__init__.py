"""One judge for all that is played: it knows what the README promises, and nothing of the code.

It hears of each run what can be seen from outside, and says which promise broke.
"""
