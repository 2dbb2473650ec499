package io.freemask.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.freemask.tensor.AttentionPath;
import io.freemask.tensor.Context;
import io.freemask.tensor.Device;
import io.freemask.tensor.NativeResource;
import io.freemask.tensor.TensorScope;

/**
 * A context for one test, and a scope for what the test makes. Closing checks that the test left no
 * native object behind.
 */
public final class NativeTestContext implements NativeResource {

  private final long handlesBefore;
  private final Context context;
  private final TensorScope scope = TensorScope.open();

  private NativeTestContext(AttentionPath attention) {
    context = Context.open(Device.CPU, 2, 0, attention);
    handlesBefore = Context.liveHandles() - 1;
  }

  public static NativeTestContext open() {
    return new NativeTestContext(AttentionPath.AUTO);
  }

  public static NativeTestContext open(AttentionPath attention) {
    return new NativeTestContext(attention);
  }

  public Context context() {
    return context;
  }

  public <T extends NativeResource> T add(T resource) {
    return scope.add(resource);
  }

  @Override
  public void close() {
    scope.close();
    context.close();
    assertThat(Context.liveHandles()).as("native objects alive").isEqualTo(handlesBefore);
  }
}
