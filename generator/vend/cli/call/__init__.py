"""What every command needs: its call, its fleet, options, interrupts, completion."""
