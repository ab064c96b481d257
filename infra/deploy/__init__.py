"""Deploy into an AWS account: look whether it can work, deploy, say what is left to do.

`python -m infra.deploy -c catalog=Sandbox`: what is not ours is handed on to `cdk deploy`.
"""
