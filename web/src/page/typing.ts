/** Whether keys write into something, and mean nothing else. */

const FIELDS = 'textarea, select, input:not([type=checkbox], [type=radio], [type=range])';

export function isTyping({ target }: Event): boolean {
  return target instanceof HTMLElement && target.matches(FIELDS);
}
