"""What the wire alone can show: each kind of call fails in each way, as it does in memory."""
