"""What the program costs beside what people use today: ``python -m benchmarks`` (or ``make bench``)."""
