package dev.holdfast.attestation.dice;

import dev.holdfast.attestation.Bytes;

/**
 * The digest of a layer's firmware (TCG DICE Attestation Architecture 1.1, 6.1.1, FWID).
 *
 * @param algorithm the object identifier of the hash
 * @param digest the digest, as long as the hash makes it
 */
public record Fwid(String algorithm, Bytes digest) {}
