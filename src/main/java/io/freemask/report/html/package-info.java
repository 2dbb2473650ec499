/**
 * Reports as single HTML pages that need nothing besides themselves: pictures, styles, scripts and
 * the chart library lie within the file, and its content security policy forbids it to fetch.
 *
 * <p>Start at {@link io.freemask.report.html.HtmlPage}, which collects sections. What they are made
 * of: {@link io.freemask.report.html.PictureGrid}, {@link io.freemask.report.html.Tables}, {@link
 * io.freemask.report.html.HeatTable} and {@link io.freemask.report.html.Charts}. All text goes
 * through j2html, which escapes it.
 */
@NullMarked
package io.freemask.report.html;

import org.jspecify.annotations.NullMarked;
