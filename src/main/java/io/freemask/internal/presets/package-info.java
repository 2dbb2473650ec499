/** JavaCPP's presets: native libraries that come with Java bindings of their own. */
@NullMarked
package io.freemask.internal.presets;

import org.jspecify.annotations.NullMarked;
