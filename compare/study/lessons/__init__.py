"""The text of each lesson, one module per lesson; the programs are in impl_*."""
