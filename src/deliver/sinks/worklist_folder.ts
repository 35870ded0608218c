// Touches the world: writes, renames and deletes worklist files.
/**
 * The `worklist-folder` sink: one `.wl` file for each item, as DCMTK's wlmscpfs and Orthanc serve them.
 *
 * @module
 */

/** The options of the `worklist-folder` sink. */
export interface WorklistFolderOptions {
  readonly type: "worklist-folder";
  /**
   * The absolute path of the folder. Segments may hold `${Keyword}`, replaced by the value of that
   * attribute of the item; several values mean several folders.
   */
  readonly path: string;
  /**
   * The Specific Character Set of the files, values joined by `\`; undefined: that in which the peer
   * sent the item.
   */
  readonly characterSet?: string | undefined;
}
