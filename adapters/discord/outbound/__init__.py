"""Messages that go to Discord later: posted, revised and deleted at a durable address."""
