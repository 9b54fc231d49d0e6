"""Words, numbers and times of the field, as they are shown and as they are typed."""
