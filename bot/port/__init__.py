"""The core as an adapter sees it: protocols, requests, cards and views."""
