//! What the machine asks for and says, step by step.
