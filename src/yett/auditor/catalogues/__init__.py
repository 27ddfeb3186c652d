"""What servers list: tools, prompts, resources, instructions; and the approved copy it is compared with."""
