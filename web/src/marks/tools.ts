/** A button of the strip above a picture. */
export interface Tool {
  name: string;
  /** What is said when it is pointed at, if that is more than its name. */
  title?: string;
  icon: string;
  /** Undefined for what is done once, rather than switched on and off. */
  pressed?: boolean;
  act: () => void;
}

/** Paths in a square of 16. */
export const ICONS = {
  zoom: 'M7 2a5 5 0 1 1 0 10A5 5 0 0 1 7 2zm3.6 8.6L14 14M7 5v4M5 7h4',
  pan: 'M8 1.5v13M1.5 8h13M8 1.5 6 3.5M8 1.5l2 2M8 14.5l-2-2M8 14.5l2-2M1.5 8l2-2M1.5 8l2 2M14.5 8l-2-2M14.5 8l-2 2',
  lasso: 'M8 2.5c3.6 0 6 1.6 6 4s-2.4 4-6 4-6-1.6-6-4 2.4-4 6-4zM5 10c-1.5.5-1.5 2.5.2 2.7 1.4.2 1.4 1.8.3 2.3',
  names: 'M2 4.5V3h9v1.5M6.5 3v8M5 11h3M10 13h4',
  contours: 'M8 2c3.5 0 6 2.5 6 6s-2.5 6-6 6-6-2.5-6-6 2.5-6 6-6zM8 5.5c1.5 0 2.5 1 2.5 2.5S9.5 10.5 8 10.5 5.5 9.5 5.5 8 6.5 5.5 8 5.5z',
  cube: 'M8 1.5 14 5v6l-6 3.5L2 11V5zM2 5l6 3.5L14 5M8 8.5v6',
  all: 'M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4',
  /** An arrow onto a line; onto a curve for what can be drawn in any size. */
  png: 'M8 2v8M4.5 7 8 10.5 11.5 7M2.5 13.5h11',
  svg: 'M8 1.5v7M4.5 5.5 8 9 11.5 5.5M2 14c2-5 3.5 2 6 0s4-4 6-1.5',
} as const;
