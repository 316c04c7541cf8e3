package dev.holdfast.cli;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.ListValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.holdfast.server.HoldfastServer;
import dev.holdfast.server.ServerCommand;
import dev.holdfast.server.config.ConfigException;
import dev.holdfast.server.config.ConfigReader;
import dev.holdfast.server.config.ServerConfig;
import dev.holdfast.store.kv.EmbeddedBackup;
import dev.holdfast.store.kv.KeyRange;
import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.store.kv.Row;
import dev.holdfast.store.kv.Snapshot;
import dev.holdfast.store.kv.StoreFailure;
import dev.holdfast.store.kv.StoreUnavailable;
import dev.holdfast.store.ledger.Ledger;
import dev.holdfast.store.proto.RestoredRow;
import dev.holdfast.store.seal.KeyFailure;
import dev.holdfast.store.seal.KeyProvider;
import dev.holdfast.store.transfer.StoreExport;
import dev.holdfast.store.transfer.StoreImport;
import dev.holdfast.store.transfer.TransferException;
import dev.holdfast.store.transfer.TransferHeading;
import dev.holdfast.store.transfer.TransferMarks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands on the store that a server's configuration names; they need no server. */
final class StoreCommands {
  private static final int PAGE_ROWS = 100;

  private StoreCommands() {}

  static CommandLine of(Holdfast root) {
    return Group.of(
        "store",
        "Copies, moves and looks through the ledger's store, by the server's configuration.",
        new Status(root),
        new Verify(root),
        new Export(root),
        new Import(root),
        new Backup(root),
        new Restore(root),
        new MarkRestored(root));
  }

  /** What every one of them is given. */
  @Command
  private abstract static sealed class OnStore implements Callable<Integer>
      permits Status, Verify, Export, Import, Backup, Restore, MarkRestored {
    final Holdfast root;

    @Option(
        names = "--config",
        required = true,
        paramLabel = "FILE",
        description = "The server's configuration, YAML.")
    private Path config = Path.of("holdfast.yaml");

    OnStore(Holdfast root) {
      this.root = root;
    }

    abstract void run(ServerConfig settings) throws IOException;

    @Override
    public Integer call() {
      ServerConfig settings;
      try {
        settings = ConfigReader.read(config);
      } catch (ConfigException wrong) {
        throw CommandException.usage(Text.clean(String.join("\n", wrong.complaints())));
      } catch (IOException e) {
        throw CommandException.usage(config + " cannot be read: " + Refusal.deepest(e));
      }
      try {
        run(settings);
        return Exit.OK.code();
      } catch (TransferException e) {
        throw new CommandException(Exit.REFUSED, String.valueOf(e.getMessage()));
      } catch (StoreFailure e) {
        throw failed(settings, e);
      } catch (IOException e) {
        throw new CommandException(Exit.REFUSED, "The store failed: " + Refusal.deepest(e));
      }
    }
  }

  private static CommandException failed(ServerConfig settings, StoreFailure failure) {
    String said = Text.clean(String.valueOf(failure.getMessage()));
    boolean away =
        failure instanceof StoreUnavailable && settings.store() instanceof ServerConfig.Store.Etcd;
    return away
        ? new CommandException(
            Exit.UNREACHABLE,
            said + "\nIs etcd running, and are store.endpoints those of its members?")
        : new CommandException(Exit.REFUSED, said);
  }

  private static String kind(ServerConfig settings) {
    return switch (settings.store()) {
      case ServerConfig.Store.Embedded _ -> "embedded";
      case ServerConfig.Store.Etcd _ -> "etcd";
    };
  }

  /** The file of the embedded store; other stores have none. */
  private static Path file(ServerConfig settings, String instead) {
    return switch (settings.store()) {
      case ServerConfig.Store.Embedded _ -> ServerCommand.ledgerFile(settings);
      case ServerConfig.Store.Etcd _ ->
          throw new CommandException(
              Exit.REFUSED, "The store is an etcd cluster. Use " + instead + ".");
    };
  }

  /** Opens a store that is there: looking at one must not make it. */
  private static KeyValueStore openPresent(ServerConfig settings) throws IOException {
    if (settings.store() instanceof ServerConfig.Store.Embedded) {
      Path file = ServerCommand.ledgerFile(settings);
      if (!Files.exists(file)) {
        throw new CommandException(Exit.REFUSED, "There is no store yet: no file " + file + ".");
      }
    }
    return ServerCommand.open(settings);
  }

  @Command(
      name = "status",
      description = {
        "Shows where the store is, how far it has come and how large it is.",
        "Of an embedded store that a server uses, only what can be seen from outside."
      })
  private static final class Status extends OnStore {
    @Option(
        names = "--check",
        description = "Read an embedded store's file through; no server may use it.")
    private boolean check;

    Status(Holdfast root) {
      super(root);
    }

    @Override
    void run(ServerConfig settings) throws IOException {
      var view = new View("store (" + kind(settings) + ")");
      view.text("kind", "Kind", kind(settings));
      switch (settings.store()) {
        case ServerConfig.Store.Embedded _ -> embedded(settings, view);
        case ServerConfig.Store.Etcd etcd -> {
          view.text(
              "location",
              "Endpoints",
              String.join(" ", etcd.endpoints().stream().map(String::valueOf).toList()));
          try (KeyValueStore store = openPresent(settings)) {
            view.flag("inUse", "In use", !store.leased(TransferMarks.ROWS).isEmpty());
            view.number("revision", "Revision", store.get(TransferMarks.RESTORED).revision());
            view.number("rows", "Rows", count(store));
            marks(store, view);
          }
        }
      }
      view.print(root);
    }

    private void embedded(ServerConfig settings, View view) throws IOException {
      Path file = ServerCommand.ledgerFile(settings);
      view.text("location", "File", file.toString());
      if (check) {
        EmbeddedBackup.check(file);
        view.text("checked", "Checked", "no damage was found");
      }
      EmbeddedBackup.Contents contents = EmbeddedBackup.contents(file);
      boolean inUse = false;
      try (KeyValueStore store = openPresent(settings)) {
        marks(store, view);
      } catch (StoreUnavailable e) {
        inUse = true;
      }
      view.flag("inUse", "In use", inUse);
      view.number("revision", "Revision", contents.revision());
      view.number("rows", "Rows", contents.rows());
      view.number("bytes", "Bytes", contents.bytes());
    }

    private static void marks(KeyValueStore store, View view) {
      view.flag("unfinishedImport", "Unfinished", TransferMarks.unfinished(store));
      Optional<Row> restored = store.get(TransferMarks.RESTORED).row(TransferMarks.RESTORED);
      if (restored.isPresent()) {
        try {
          long millis = RestoredRow.parseFrom(restored.get().value().bytes()).getRestoredMillis();
          view.text("restored", "Restored", Instant.ofEpochMilli(millis).toString());
        } catch (InvalidProtocolBufferException e) {
          throw new CommandException(
              Exit.REFUSED, "The row " + TransferMarks.RESTORED + " cannot be read.");
        }
      }
    }

    private static long count(KeyValueStore store) {
      long rows = 0;
      Optional<KeyRange> rest = Optional.of(TransferMarks.ROWS);
      while (rest.isPresent()) {
        Snapshot page = store.range(rest.get(), OptionalLong.empty(), PAGE_ROWS);
        rows += page.rows().size();
        rest = page.more() ? rest.get().after(page.rows().getLast().key()) : Optional.empty();
      }
      return rows;
    }
  }

  @Command(
      name = "verify",
      description = {
        "Reads the whole ledger: whether every row is one that was written by a server, none is"
            + " missing, and nothing holds more than it has. Ends with 1 if something is not so.",
        "An embedded store must not be in use; of etcd it does not matter, but for --repair."
      })
  private static final class Verify extends OnStore {
    private static final Duration LEADERSHIP = Duration.ofSeconds(30);

    @Option(
        names = "--repair",
        description =
            "Put rows back that somebody else changed or deleted, and remove those that were added."
                + " No server may use the store.")
    private boolean repair;

    Verify(Holdfast root) {
      super(root);
    }

    @Override
    void run(ServerConfig settings) throws IOException {
      try (KeyProvider keys = HoldfastServer.keys(settings.keys());
          KeyValueStore store = openPresent(settings)) {
        var shard = Ledger.Settings.of(settings.store().shard());
        var ledger = new Ledger(store, keys, shard, InstantSource.system());
        List<String> repaired = repair ? repair(store, ledger) : List.of();
        Ledger.Verification found = ledger.verify();
        var view = new View("ledger (" + shard.shard() + ")");
        view.flag("sound", "Sound", found.sound());
        view.number("revision", "Revision", found.revision());
        view.number("term", "Term", found.term());
        view.number("rows", "Rows", found.rows());
        view.list("foreign", "Foreign", found.foreign());
        view.list("unreadable", "Unreadable", found.unreadable());
        view.list(
            "overcommitted",
            "Overcommitted",
            found.overcommitted().stream().map(String::valueOf).toList());
        view.list("repaired", "Repaired", repaired);
        view.print(root);
        if (!found.sound()) {
          throw new CommandException(
              Exit.REFUSED, "The ledger is not as it should be; see ops/docs/at-rest.md.");
        }
      } catch (KeyFailure e) {
        throw new CommandException(Exit.REFUSED, Text.clean(String.valueOf(e.getMessage())));
      } catch (dev.holdfast.pam.model.Refusal e) {
        throw new CommandException(Exit.REFUSED, Text.clean(e.problem().message()));
      }
    }

    private static List<String> repair(KeyValueStore store, Ledger ledger) {
      if (!store.leased(TransferMarks.ROWS).isEmpty()) {
        throw new CommandException(
            Exit.REFUSED,
            "A server uses this store, or did until a moment ago. Stop every server, and wait until"
                + " its lease has run out.");
      }
      if (ledger.standForLead("holdfast store verify", LEADERSHIP).isEmpty()) {
        // An embedded store names who led last; it could be opened, so nobody else uses it.
        ledger.becomeLeader("holdfast store verify");
      }
      try {
        return ledger.repair();
      } finally {
        ledger.resignLead();
      }
    }
  }

  @Command(
      name = "export",
      description = {
        "Writes every row, as of one revision, to a file that either kind of store can import.",
        "An embedded store must not be in use; of etcd it does not matter."
      })
  private static final class Export extends OnStore {
    @Parameters(paramLabel = "FILE", description = "The file to make.")
    private Path file = Path.of("");

    Export(Holdfast root) {
      super(root);
    }

    @Override
    void run(ServerConfig settings) throws IOException {
      try (KeyValueStore store = openPresent(settings)) {
        StoreExport.Result result = StoreExport.write(store, kind(settings), root.now(), file);
        var view = new View("exported to " + file);
        heading(view, result.heading());
        view.number("rows", "Rows", result.rows());
        view.number("leftOut", "Left out", result.leftOut());
        view.print(root);
      }
    }
  }

  private static void heading(View view, TransferHeading heading) {
    view.text("source", "From", heading.source());
    view.number("revision", "Revision", heading.revision());
    view.text("exported", "Exported", heading.exported().toString());
  }

  @Command(
      name = "import",
      description = {
        "Fills the store from an exported file, all of it or none. No server may use the store.",
        "A file that is not whole is refused before anything is written. Repeat one that was cut"
            + " short."
      })
  private static final class Import extends OnStore {
    @Parameters(paramLabel = "FILE", description = "The exported file.")
    private Path file = Path.of("");

    @Option(names = "--replace", description = "Delete the rows that the store holds.")
    private boolean replace;

    Import(Holdfast root) {
      super(root);
    }

    @Override
    void run(ServerConfig settings) throws IOException {
      // Before the store is made, where there is none.
      StoreImport.check(file);
      try (KeyValueStore store = ServerCommand.open(settings)) {
        StoreImport.Result result =
            StoreImport.read(
                file,
                store,
                replace ? StoreImport.Existing.REPLACE : StoreImport.Existing.REFUSE,
                root.now(),
                new SecureRandom());
        var view = new View("imported from " + file);
        heading(view, result.heading());
        view.number("rows", "Rows", result.rows());
        view.number("deleted", "Deleted", result.deleted());
        view.print(root);
      }
    }
  }

  @Command(
      name = "backup",
      description = "Copies an embedded store to a file, while a server uses it or not.")
  private static final class Backup extends OnStore {
    @Parameters(paramLabel = "FILE", description = "The file to make.")
    private Path file = Path.of("");

    Backup(Holdfast root) {
      super(root);
    }

    @Override
    void run(ServerConfig settings) {
      Path store = file(settings, "etcdctl snapshot save, or holdfast store export");
      contents(root, "backed up to " + file, EmbeddedBackup.take(store, file));
    }
  }

  private static void contents(Holdfast root, String title, EmbeddedBackup.Contents contents) {
    var view = new View(title);
    view.number("revision", "Revision", contents.revision());
    view.number("rows", "Rows", contents.rows());
    view.number("bytes", "Bytes", contents.bytes());
    view.print(root);
  }

  @Command(
      name = "restore",
      description = {
        "Puts a back-up in the place of an embedded store that no server uses.",
        "The back-up is looked through first; the store that was there is kept under another name."
      })
  private static final class Restore extends OnStore {
    @Parameters(paramLabel = "FILE", description = "The back-up.")
    private Path file = Path.of("");

    Restore(Holdfast root) {
      super(root);
    }

    @Override
    void run(ServerConfig settings) throws IOException {
      Path store =
          file(
              settings,
              "etcdctl snapshot restore and holdfast store mark-restored, or holdfast store"
                  + " import");
      Files.createDirectories(settings.data());
      Optional<Path> kept =
          EmbeddedBackup.restore(
              file,
              store,
              TransferMarks.restored(root.now(), new SecureRandom()),
              root.console().clock());
      kept.ifPresent(old -> root.note("the store that was there is kept as " + old));
      contents(root, "restored from " + file, EmbeddedBackup.contents(store));
    }
  }

  @Command(
      name = "mark-restored",
      description = {
        "Says that the store was put back by other means, such as etcdctl snapshot restore.",
        "Before a server starts on it: nodes may have heard from the store more than it knows."
      })
  private static final class MarkRestored extends OnStore {
    MarkRestored(Holdfast root) {
      super(root);
    }

    @Override
    void run(ServerConfig settings) throws IOException {
      try (KeyValueStore store = openPresent(settings)) {
        TransferMarks.markRestored(store, root.now(), new SecureRandom());
        var view = new View("marked as restored");
        view.text("restored", "Restored", root.now().toString());
        view.print(root);
      }
    }
  }

  /** One answer, as lines and as a message. */
  private static final class View {
    private final Facts facts;
    private final Struct.Builder message = Struct.newBuilder();

    View(String title) {
      facts = new Facts(title);
    }

    void text(String name, String label, String value) {
      facts.fact(label, value);
      message.putFields(name, Value.newBuilder().setStringValue(Text.clean(value)).build());
    }

    void number(String name, String label, long value) {
      facts.fact(label, Long.toString(value));
      message.putFields(name, Value.newBuilder().setNumberValue((double) value).build());
    }

    void flag(String name, String label, boolean value) {
      facts.fact(label, value ? "yes" : "no");
      message.putFields(name, Value.newBuilder().setBoolValue(value).build());
    }

    void list(String name, String label, List<String> values) {
      facts.fact(label, values.isEmpty() ? "none" : Text.clean(String.join(" ", values)));
      var list = ListValue.newBuilder();
      values.forEach(value -> list.addValues(Value.newBuilder().setStringValue(Text.clean(value))));
      message.putFields(name, Value.newBuilder().setListValue(list).build());
    }

    void print(Holdfast root) {
      root.print(message.build(), facts::toString);
    }
  }
}
