"""What builds and deploys: the package that ships, and the CDK CLI with its Node."""
