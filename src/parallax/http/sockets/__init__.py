"""graphql-transport-ws: from the handshake to the last message."""
