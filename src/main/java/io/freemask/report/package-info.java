/** What a run leaves behind beside its clip: the record and the comparison with its source. */
@NullMarked
package io.freemask.report;

import org.jspecify.annotations.NullMarked;
