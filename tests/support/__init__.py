"""What tests share: factories, fakes, emulated worlds, and programs that drive vend."""
