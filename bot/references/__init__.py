"""Pictures that people send with a prompt: checked, made safe, and put back where a mask protects them."""
