"""Deploy to an AWS account: check that it can work, deploy, list what remains to be done.

`python -m infra.deploy -c catalog=Sandbox`; all arguments are passed on to `cdk deploy`.
"""
