package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.server.learn.model.SeriesArtefact;
import java.util.List;
import java.util.Map;

/** The bytes of a model, as far as its parts: what is read holds no more than it came in. */
final class SeriesArtefactTarget implements Target {
  @Override
  public Class<?> reader() {
    return SeriesArtefact.class;
  }

  @Override
  public List<Bytes> seeds() {
    return List.of(
        new SeriesArtefact(Map.of()).toBytes(),
        new SeriesArtefact(Map.of(Resource.CPU_MILLICORES, Bytes.utf8("trees"))).toBytes());
  }

  @Override
  public void read(byte[] data) {
    SeriesArtefact read;
    try {
      read = SeriesArtefact.read(Bytes.of(data));
    } catch (IllegalArgumentException none) {
      return;
    }
    if (!SeriesArtefact.read(read.toBytes()).equals(read)
        || read.toBytes().length() != data.length) {
      throw new IllegalStateException("a model is written otherwise than it was read");
    }
  }
}
