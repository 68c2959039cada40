"""The Slack adapter, on slack-bolt and slack-sdk: it translates between Slack's messages and the port."""
