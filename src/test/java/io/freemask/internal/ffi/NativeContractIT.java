package io.freemask.internal.ffi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freemask.CancelledException;
import io.freemask.FreeMaskException;
import io.freemask.InvalidInputException;
import io.freemask.NativeException;
import io.freemask.NativeLibraryException;
import io.freemask.OutOfMemoryException;
import io.freemask.internal.bindings.Fmk;
import io.freemask.model.Callbacks;
import io.freemask.model.Golden;
import io.freemask.model.NativeTestContext;
import io.freemask.model.TextEncoder;
import io.freemask.model.UNet;
import io.freemask.model.Vae;
import io.freemask.tensor.Context;
import io.freemask.tensor.DType;
import io.freemask.tensor.Shape;
import io.freemask.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What Java relies on in the native library, and the library in Java. */
class NativeContractIT {

  @TempDir Path folder;

  static Stream<Arguments> statuses() {
    NativeRuntime.require();
    return Stream.of(
        Arguments.of(Fmk.FMK_STATUS_INVALID_ARGUMENT(), InvalidInputException.class),
        Arguments.of(Fmk.FMK_STATUS_INVALID_HANDLE(), IllegalStateException.class),
        Arguments.of(Fmk.FMK_STATUS_UNSUPPORTED(), InvalidInputException.class),
        Arguments.of(Fmk.FMK_STATUS_OUT_OF_MEMORY(), OutOfMemoryException.class),
        Arguments.of(Fmk.FMK_STATUS_CUDA(), NativeException.class),
        Arguments.of(Fmk.FMK_STATUS_TORCH(), NativeException.class),
        Arguments.of(Fmk.FMK_STATUS_IO(), InvalidInputException.class),
        Arguments.of(Fmk.FMK_STATUS_CANCELLED(), CancelledException.class),
        Arguments.of(Fmk.FMK_STATUS_ABI_MISMATCH(), NativeLibraryException.class),
        Arguments.of(Fmk.FMK_STATUS_INTERNAL(), NativeException.class));
  }

  @ParameterizedTest
  @MethodSource("statuses")
  void everyStatusBecomesItsException(int status, Class<? extends Throwable> type) {
    assertThatThrownBy(() -> NativeCalls.provoke(status))
        .isExactlyInstanceOf(type)
        .satisfies(e -> assertThat(e.getMessage()).isNotBlank().doesNotContain("\n"))
        .satisfies(
            e -> {
              if (e instanceof NativeException n) {
                assertThat(n.status()).isEqualTo(status);
                assertThat(n.operation()).isEqualTo("fmk_error_provoke");
              }
            });
    // The process is as healthy as before.
    NativeCalls.provoke(Fmk.FMK_STATUS_OK());
    assertThat(NativeCalls.lastMessage()).isEmpty();
  }

  @Test
  void noStatusIsForgotten() {
    List<Integer> declared = new ArrayList<>();
    for (Method method : Fmk.class.getMethods()) {
      if (method.getName().startsWith("FMK_STATUS_") && method.getParameterCount() == 0) {
        try {
          declared.add((int) method.invoke(null));
        } catch (ReflectiveOperationException e) {
          throw new AssertionError(e);
        }
      }
    }
    declared.remove((Integer) Fmk.FMK_STATUS_OK());
    assertThat(statuses().map(arguments -> (Integer) arguments.get()[0]))
        .containsExactlyInAnyOrderElementsOf(declared);
  }

  @Test
  void anUnknownStatusIsAnInvalidArgument() {
    assertThatThrownBy(() -> NativeCalls.provoke(77))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("77");
  }

  @Test
  void messagesBelongToTheirThread() throws Exception {
    assertThatThrownBy(() -> NativeCalls.provoke(Fmk.FMK_STATUS_IO()));
    assertThat(Fmk.fmk_error_provoke(Fmk.FMK_STATUS_IO())).isEqualTo(Fmk.FMK_STATUS_IO());
    AtomicReference<String> elsewhere = new AtomicReference<>();
    Thread thread = new Thread(() -> elsewhere.set(NativeCalls.lastMessage()));
    thread.start();
    thread.join();

    assertThat(elsewhere.get()).isEmpty();
    assertThat(NativeCalls.lastMessage()).contains("7");
    assertThat(NativeCalls.lastSite()).contains("error.cpp:");
  }

  @Test
  void realCausesGiveTheSameExceptions() throws Exception {
    try (NativeTestContext test = NativeTestContext.open()) {
      Handle weights = WeightsCalls.create(test.context().handle());
      test.add(weights::close);
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment data = arena.allocate(ValueLayout.JAVA_FLOAT, 2);
        WeightsCalls.add(weights, "w", DType.F32.code(), new long[] {2}, data);
        // INVALID_ARGUMENT: there already, dtype, dimensions
        assertThatThrownBy(
                () -> WeightsCalls.add(weights, "w", DType.F32.code(), new long[] {2}, data))
            .isInstanceOf(InvalidInputException.class)
            .hasMessageContaining("'w'");
        assertThatThrownBy(
                () -> WeightsCalls.add(weights, "u", DType.U8.code(), new long[] {2}, data))
            .isInstanceOf(InvalidInputException.class)
            .hasMessageContaining("'u'");
        assertThat(WeightsCalls.count(weights)).isEqualTo(1);
      }
      // IO: no file, and a file that is something else
      Path text = Files.writeString(folder.resolve("x.bin"), "not a zip file");
      assertThatThrownBy(() -> WeightsCalls.addPickle(weights, text.toString()))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("x.bin");
      assertThatThrownBy(
              () -> WeightsCalls.addPickle(weights, folder.resolve("none.bin").toString()))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("none.bin");
      // INVALID_HANDLE: NULL
      try (NativeCall call = new NativeCall("fmk_tensor_combine")) {
        MemorySegment out = call.pointers(1);
        assertThatThrownBy(
                () ->
                    call.check(
                        Fmk.fmk_tensor_combine(1, MemorySegment.NULL, 1, MemorySegment.NULL, out)))
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("x");
      }
    }
  }

  @Test
  void structsOfAnotherSizeAreRefused() {
    NativeRuntime.require();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = arena.allocate(256);
      assertThat(Fmk.fmk_build_info_get(info)).isEqualTo(Fmk.FMK_STATUS_INVALID_ARGUMENT());
      assertThat(NativeCalls.lastMessage()).contains("struct_size");
    }
  }

  @Test
  void theBuildTellsWhatItIs() {
    BuildInfo info = NativeRuntime.require();

    assertThat(info.abiMajor()).isEqualTo(Fmk.FMK_ABI_MAJOR());
    assertThat(info.libtorchLoaded())
        .matches("\\d+\\.\\d+\\.\\d+")
        .isEqualTo(info.libtorchCompiled());
    assertThat(info.compiler()).isNotBlank();
    LoadReport report = NativeRuntime.report();
    assertThat(report.usable()).isTrue();
    assertThat(report.failure()).isEmpty();
    assertThat(report.libtorch()).hasValueSatisfying(lib -> assertThat(lib).isDirectory());
    assertThat(report.library()).hasValueSatisfying(lib -> assertThat(lib).isRegularFile());
    assertThat(report.attempts()).isNotEmpty();
  }

  @Test
  void destroyingNullDoesNothing() {
    NativeRuntime.require();
    Fmk.fmk_context_destroy(MemorySegment.NULL);
    Fmk.fmk_tensor_destroy(MemorySegment.NULL);
    Fmk.fmk_weights_destroy(MemorySegment.NULL);
    Fmk.fmk_text_encoder_destroy(MemorySegment.NULL);
    Fmk.fmk_vae_destroy(MemorySegment.NULL);
    Fmk.fmk_unet_destroy(MemorySegment.NULL);
    NativeCalls.provoke(Fmk.FMK_STATUS_OK());
  }

  // ---- Lifetime

  @Test
  void everyModelMayBeClosedTwiceAndNotUsedAfterwards() {
    try (NativeTestContext test = NativeTestContext.open()) {
      Context context = test.context();
      UNet unet = UNet.load(Golden.path("tiny-model/unet"), context, DType.F32);
      Vae vae = Vae.load(Golden.path("tiny-model/vae"), context, DType.F32);
      TextEncoder text = TextEncoder.load(Golden.path("variants/text-bare"), context, DType.F32);
      Tensor latents =
          test.add(Tensor.of(context, Shape.of(1, 4, 1, 8, 8), new float[256], DType.F32));
      Tensor states = test.add(Tensor.of(context, Shape.of(1, 2, 32), new float[64], DType.F32));
      unet.close();
      unet.close();
      vae.close();
      vae.close();
      text.close();
      text.close();

      assertThatThrownBy(
              () -> unet.forward(List.of(latents), List.of(states), 1, null, null, Callbacks.NONE))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("the UNet is closed");
      assertThatThrownBy(() -> vae.decode(latents, Callbacks.NONE))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("the VAE is closed");
      assertThatThrownBy(() -> text.forward(new long[][] {{1}}, Callbacks.NONE))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("the text encoder is closed");
      assertThat(unet.attentionLayers()).isNotEmpty();
    }
  }

  @Test
  void closingDuringACallTakesEffectAfterIt() throws Exception {
    try (NativeTestContext test = NativeTestContext.open()) {
      UNet unet = UNet.load(Golden.path("tiny-model/unet"), test.context(), DType.F32);
      Tensor latents =
          test.add(Tensor.of(test.context(), Shape.of(1, 4, 1, 8, 8), new float[256], DType.F32));
      Tensor states =
          test.add(Tensor.of(test.context(), Shape.of(1, 2, 32), new float[64], DType.F32));

      UNet.Output output =
          unet.forward(
              List.of(latents),
              List.of(states),
              1,
              null,
              null,
              Callbacks.tick(
                  () -> {
                    unet.close();
                    return false;
                  }));
      test.add(output);

      assertThat(output.noise().getFirst().toFloats()).hasSize(256);
      assertThatThrownBy(
              () -> unet.forward(List.of(latents), List.of(states), 1, null, null, Callbacks.NONE))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void aLeakIsReportedWithTheStackOfItsCreation() throws Exception {
    List<LogRecord> records = new ArrayList<>();
    CountDownLatch reported = new CountDownLatch(1);
    Logger logger = Logger.getLogger(Handle.class.getName());
    Handler handler =
        new Handler() {
          @Override
          public void publish(LogRecord record) {
            // Other tests of this JVM may have leaked something too.
            if (record.getMessage().contains("thing")) {
              synchronized (records) {
                records.add(record);
              }
              reported.countDown();
            }
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    logger.addHandler(handler);
    logger.setUseParentHandlers(false);
    System.setProperty(Handle.TRACK_PROPERTY, "true");
    AtomicInteger destroyed = new AtomicInteger();
    try {
      Handle.of("kept thing", MemorySegment.ofAddress(8), a -> destroyed.incrementAndGet(), null)
          .close();
      leak(destroyed);
      for (int i = 0; i < 100 && reported.getCount() > 0; i++) {
        System.gc();
        reported.await(50, TimeUnit.MILLISECONDS);
      }
    } finally {
      System.clearProperty(Handle.TRACK_PROPERTY);
      logger.removeHandler(handler);
      logger.setUseParentHandlers(true);
    }
    synchronized (records) {
      assertThat(records).hasSize(1);
      assertThat(records.getFirst().getMessage()).contains("leaked thing", "never closed");
      assertThat(records.getFirst().getThrown().getStackTrace())
          .anyMatch(frame -> frame.getMethodName().equals("leak"));
    }
    assertThat(destroyed).as("the leaked one is not freed behind the owner's back").hasValue(1);
  }

  private static void leak(AtomicInteger destroyed) {
    Handle.of("leaked thing", MemorySegment.ofAddress(16), a -> destroyed.incrementAndGet(), null);
  }

  // ---- Callbacks

  private static UNet.Output forward(NativeTestContext test, UNet unet, Callbacks callbacks) {
    Tensor latents =
        test.add(Tensor.of(test.context(), Shape.of(1, 4, 2, 8, 8), new float[512], DType.F32));
    Tensor states =
        test.add(Tensor.of(test.context(), Shape.of(1, 2, 32), new float[64], DType.F32));
    return test.add(unet.forward(List.of(latents), List.of(states), 1, null, null, callbacks));
  }

  @Test
  void aThrowingListenerEndsTheCallWithItsOwnException() {
    try (NativeTestContext test = NativeTestContext.open()) {
      UNet unet = test.add(UNet.load(Golden.path("tiny-model/unet"), test.context(), DType.F32));
      IllegalArgumentException mine = new IllegalArgumentException("from the listener");
      StackOverflowError error = new StackOverflowError("from the probe");
      AtomicInteger calls = new AtomicInteger();

      assertThatThrownBy(
              () ->
                  forward(
                      test,
                      unet,
                      Callbacks.tick(
                          () -> {
                            calls.incrementAndGet();
                            throw mine;
                          })))
          .isSameAs(mine);
      assertThat(calls).hasValue(1);
      assertThatThrownBy(
              () ->
                  forward(
                      test,
                      unet,
                      Callbacks.NONE.withProbe(
                          (name, shape, values) -> {
                            throw error;
                          },
                          false)))
          .isSameAs(error);
      // A listener that throws a checked exception by stealth.
      assertThatThrownBy(
              () ->
                  forward(
                      test,
                      unet,
                      Callbacks.tick(
                          () -> {
                            throw stealthily(new java.io.IOException("checked"));
                          })))
          .isInstanceOf(IllegalStateException.class)
          .hasRootCauseMessage("checked");

      assertThat(forward(test, unet, Callbacks.NONE).noise().getFirst().toFloats()).hasSize(512);
    }
  }

  @SuppressWarnings("unchecked")
  private static <T extends Throwable> RuntimeException stealthily(Throwable e) throws T {
    throw (T) e;
  }

  @Test
  void cancelFromAnotherThread() throws Exception {
    try (NativeTestContext test = NativeTestContext.open()) {
      UNet unet = test.add(UNet.load(Golden.path("tiny-model/unet"), test.context(), DType.F32));
      Vae vae = test.add(Vae.load(Golden.path("tiny-model/vae"), test.context(), DType.F32));
      AtomicBoolean cancelled = new AtomicBoolean();
      CountDownLatch running = new CountDownLatch(1);
      Thread other =
          new Thread(
              () -> {
                try {
                  running.await();
                  cancelled.set(true);
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              });
      other.start();
      AtomicInteger ticks = new AtomicInteger();

      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 10_000; i++) {
                  forward(
                          test,
                          unet,
                          Callbacks.tick(
                              () -> {
                                ticks.incrementAndGet();
                                running.countDown();
                                return cancelled.get();
                              }))
                      .close();
                }
              })
          .isInstanceOf(CancelledException.class)
          .isInstanceOf(FreeMaskException.class);
      other.join();
      assertThat(ticks).hasPositiveValue();

      Tensor pixels =
          test.add(
              Tensor.of(test.context(), Shape.of(2, 3, 16, 16), new float[2 * 3 * 256], DType.F32));
      assertThatThrownBy(() -> vae.encode(pixels, Callbacks.tick(() -> true)))
          .isInstanceOf(CancelledException.class);
      assertThat(forward(test, unet, Callbacks.tick(() -> false)).noise()).hasSize(1);
    }
  }

  @Test
  void callbacksAreCalledOnTheCallingThread() {
    try (NativeTestContext test = NativeTestContext.open()) {
      UNet unet = test.add(UNet.load(Golden.path("tiny-model/unet"), test.context(), DType.F32));
      List<Thread> threads = new ArrayList<>();
      forward(
          test,
          unet,
          Callbacks.tick(
                  () -> {
                    threads.add(Thread.currentThread());
                    return false;
                  })
              .withProbe((name, shape, values) -> threads.add(Thread.currentThread()), false));

      assertThat(threads).isNotEmpty().containsOnly(Thread.currentThread());
    }
  }
}
