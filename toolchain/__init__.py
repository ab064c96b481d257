"""What builds and deploys: the package that ships, and CDK with the Node that it runs on."""
