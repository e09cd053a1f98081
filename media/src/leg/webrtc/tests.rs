//! The leg against the sans-IO peer connection of the same project as the offerer, on a virtual clock and without a network.
