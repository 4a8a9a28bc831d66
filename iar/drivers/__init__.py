"""What drives the fringes: indices of the sun and the field beside nights and slots, and what depends on them."""
