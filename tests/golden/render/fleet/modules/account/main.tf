# Stands for the module that ships with vend, whose text is not the subject here.
