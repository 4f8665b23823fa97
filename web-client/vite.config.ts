import { defineConfig } from 'vite';

// The server sends `script-src 'self'`: everything is a file of our own, nothing is inlined.
export default defineConfig({
  base: '/',
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: true,
  },
});
