"""The worker over HTTP: one file for each dialect that clients speak, all of them over `dispatch`."""
