//! Signing in with a wallet.
