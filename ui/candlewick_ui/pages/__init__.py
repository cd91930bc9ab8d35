"""The pages of the browser: each shows what a view model says."""
