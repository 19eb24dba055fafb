"""A picture in, a picture that fits out: fetched once, checked, made to fit."""
