"""Lambda on this machine: the packaged function under Lambda's own runtime, in processes."""
