"""What leaves a page: figures for print, NetCDF files, films. Made of a screen: what a page shows, without the page."""
