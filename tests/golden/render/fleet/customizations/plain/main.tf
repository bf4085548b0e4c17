# Declares nothing, and is given nothing.
