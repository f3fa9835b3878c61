/** As much of WebAssembly as is used here; TypeScript describes it only together with a browser's page. */
declare namespace WebAssembly {
  const Module: new (bytes: Uint8Array) => object
  const Instance: new (
    module: object,
    imports: { readonly env: { readonly memory: Memory } },
  ) => { readonly exports: object }
  interface Memory {
    readonly buffer: ArrayBuffer
  }
}
