#!/usr/bin/perl
# A service centre made of Net::SMPP (Debian: libnet-smpp-perl): it lets one ESME after the other bind, brings the first
# one a message for NUMBER, gives a receipt for what is submitted when one is asked for, and writes down what it hears.
# Usage: smsc.pl HOST PORT NUMBER
use strict;
use warnings;
use Net::SMPP;

my ($host, $port, $number) = @ARGV;
$| = 1;
my $listener = Net::SMPP->new_listen($host, port => $port, smpp_version => 0x34) or die "cannot listen: $!";
print "listening\n";
my $brought = 0;
my $submitted = 0;
while (1) {
    my $peer = $listener->accept or next;
    while (my $pdu = $peer->read_pdu) {
        my $command = $pdu->{cmd};
        if ($command == 0x00000009) {
            print "bind $pdu->{system_id} $pdu->{password} $pdu->{interface_version}\n";
            $peer->set_version(0x34);
            $peer->bind_transceiver_resp(seq => $pdu->{seq}, system_id => 'centre');
            next if $brought++;
            $peer->deliver_sm(async => 1, source_addr_ton => 1, source_addr => '15550199999',
                dest_addr_ton => 1, destination_addr => $number, data_coding => 0, short_message => 'Hello from Perl');
        } elsif ($command == 0x00000004) {
            my $id = 'perl' . ++$submitted;
            my $text = unpack('H*', $pdu->{short_message});
            print "submit $pdu->{source_addr} $pdu->{destination_addr} $pdu->{esm_class} $pdu->{data_coding} "
                . "$pdu->{registered_delivery} $text\n";
            $peer->submit_sm_resp(seq => $pdu->{seq}, message_id => $id);
            next unless $pdu->{registered_delivery};
            $peer->deliver_sm(async => 1, esm_class => 4, source_addr => $pdu->{destination_addr},
                destination_addr => $pdu->{source_addr},
                short_message => "id:$id sub:001 dlvrd:001 submit date:2611281500 done date:2611281501 "
                    . "stat:DELIVRD err:000 text:Hello");
        } elsif ($command == 0x80000005) {
            print "delivered $pdu->{status}\n";
        } elsif ($command == 0x00000015) {
            $peer->enquire_link_resp(seq => $pdu->{seq});
        } elsif ($command == 0x00000006) {
            print "unbind\n";
            $peer->unbind_resp(seq => $pdu->{seq});
        }
    }
}
