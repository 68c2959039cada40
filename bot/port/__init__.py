"""What an adapter sees of the core: protocols, requests, cards and views."""
