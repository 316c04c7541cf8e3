package dev.holdfast.store.kv;

import java.nio.file.Path;

/**
 * How to prove who we are to etcd, and to know it: mutual TLS.
 *
 * @param trustRoots PEM with the certificates that etcd's own leads to
 * @param certificateChain PEM with our certificate and its intermediates, leaf first
 * @param privateKey PEM with our private key, PKCS #8
 */
public record EtcdTls(Path trustRoots, Path certificateChain, Path privateKey) {}
