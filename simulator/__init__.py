"""A partner account in a box: real HTTP on loopback in place of AWS, Partner Central and Slack."""
