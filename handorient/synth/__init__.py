"""The synthetic hand: people, poses, a skinned surface, pictures of it, and datasets of those pictures."""
