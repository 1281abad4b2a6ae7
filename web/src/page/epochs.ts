/** Which epoch each step belongs to: `[[step, epoch], ...]` in the page's `<script id="epochs">`. */
export function readEpochs(page: Document = document): readonly (readonly [number, number])[] {
  return JSON.parse(page.getElementById('epochs')?.textContent || '[]');
}
