"""Commands: what `syncpoints NAME` does where it is more than a review; one file each, text out."""
