// msgpackr publishes no types for this build, which differs from the main one only in never calling `new Function` (CSP).
declare module 'msgpackr/index-no-eval' {
  type PackrOptions = {
    readonly useRecords: false;
    readonly mapsAsObjects: true;
    readonly variableMapSize: true;
    readonly moreTypes: false;
    readonly structuredClone: false;
    readonly copyBuffers: true;
  };
  export class Packr {
    constructor(options: PackrOptions);
    /** A view into a pool of the packer. */
    pack(value: unknown): Uint8Array;
    unpack(bytes: Uint8Array): unknown;
  }
}
