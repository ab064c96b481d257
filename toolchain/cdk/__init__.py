"""The CDK CLI, pinned in this folder's `package-lock.json` and run by the Node that pip installed.

`python -m toolchain.cdk deploy` is what `npx cdk deploy` is where Node is installed.
"""
