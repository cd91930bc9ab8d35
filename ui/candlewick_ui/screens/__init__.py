"""The pages of the browser: each shows what a view model says.

The folder is not called pages: Streamlit takes one of that name beside the app for pages of its own, and a link to one
of them would run the bare module.
"""
