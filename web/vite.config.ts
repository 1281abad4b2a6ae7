import { svelte, vitePreprocess } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

// One classic script and one stylesheet, which Python inlines into every page: a page opened
// from file:// can load neither modules nor chunks.
export default defineConfig({
  plugins: [
    svelte({
      preprocess: vitePreprocess(),
      configFile: false,
      // Classes that keep the styles of a component to it stand a thousand times in the program.
      compilerOptions: { cssHash: ({ hash, css }) => `s${hash(css)}` },
    }),
  ],
  build: {
    outDir: '../src/bathyscope/figures/web/static',
    emptyOutDir: true,
    target: 'es2022',
    cssCodeSplit: false,
    assetsInlineLimit: Number.MAX_SAFE_INTEGER,
    lib: {
      entry: 'src/main.ts',
      name: 'bathyscope_page',
      formats: ['iife'],
      fileName: () => 'bathyscope.js',
      cssFileName: 'bathyscope',
    },
  },
});
